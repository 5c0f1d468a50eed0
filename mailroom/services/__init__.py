from mailroom.services.letters import Recipient, UnableToPost, cancel, forget, post, post_to_query, take_away

__all__ = ["Recipient", "UnableToPost", "cancel", "forget", "post", "post_to_query", "take_away"]
