"""What may come in: an editor's words, an approver's yes, a subscription, a channel of a program's, and what narrows a list."""

from advisories.forms.channels import FeedTokenForm as FeedTokenForm
from advisories.forms.channels import RotateForm as RotateForm
from advisories.forms.channels import SwitchForm as SwitchForm
from advisories.forms.channels import WebhookForm as WebhookForm
from advisories.forms.desk import AdvisoryForm as AdvisoryForm
from advisories.forms.desk import ApproveForm as ApproveForm
from advisories.forms.desk import LiftForm as LiftForm
from advisories.forms.desk import NoteForm as NoteForm
from advisories.forms.desk import ScheduleForm as ScheduleForm
from advisories.forms.desk import WithdrawForm as WithdrawForm
from advisories.forms.fields import day_field as day_field
from advisories.forms.fields import offer_organisations as offer_organisations
from advisories.forms.fields import segments_field as segments_field
from advisories.forms.readers import ListForm as ListForm
from advisories.forms.readers import RelayForm as RelayForm
from advisories.forms.readers import ResponseForm as ResponseForm
from advisories.forms.readers import SubscriptionForm as SubscriptionForm
