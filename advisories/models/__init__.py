"""Notices to industry, who has approved them, who gets them, and what comes back."""

from advisories.models.advisories import LONGEST_BODY as LONGEST_BODY
from advisories.models.advisories import LONGEST_CHANGE as LONGEST_CHANGE
from advisories.models.advisories import LONGEST_SUMMARY as LONGEST_SUMMARY
from advisories.models.advisories import LONGEST_TITLE as LONGEST_TITLE
from advisories.models.advisories import LONGEST_TO_DO as LONGEST_TO_DO
from advisories.models.advisories import SOURCE as SOURCE
from advisories.models.advisories import Advisory as Advisory
from advisories.models.advisories import Approval as Approval
from advisories.models.advisories import Event as Event
from advisories.models.advisories import Kind as Kind
from advisories.models.advisories import Move as Move
from advisories.models.advisories import Revision as Revision
from advisories.models.advisories import State as State
from advisories.models.advisories import Tlp as Tlp
from advisories.models.advisories import Urgency as Urgency
from advisories.models.advisories import Words as Words
from advisories.models.audience import Channel as Channel
from advisories.models.audience import Confirmation as Confirmation
from advisories.models.audience import Digest as Digest
from advisories.models.audience import DigestCopy as DigestCopy
from advisories.models.audience import Mandate as Mandate
from advisories.models.audience import MandateKind as MandateKind
from advisories.models.audience import Pace as Pace
from advisories.models.audience import Subscription as Subscription
from advisories.models.responses import MOST_MEMBERS as MOST_MEMBERS
from advisories.models.responses import Response as Response
