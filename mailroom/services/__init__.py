from mailroom.services.letters import Recipient, UnableToPost, cancel, post, post_to_query

__all__ = ["Recipient", "UnableToPost", "cancel", "post", "post_to_query"]
