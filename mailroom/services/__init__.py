from mailroom.services.letters import Closed, Recipient, UnableToPost, forget, post, post_to_query, take_away
from mailroom.services.steering import cancel, pause, resume

__all__ = ["Closed", "Recipient", "UnableToPost", "cancel", "forget", "pause", "post", "post_to_query", "resume", "take_away"]
