"""What may come in: an editor's words, an approver's yes, a subscription, and what narrows a list."""

from advisories.forms.desk import AdvisoryForm as AdvisoryForm
from advisories.forms.desk import ApproveForm as ApproveForm
from advisories.forms.desk import LedgerForm as LedgerForm
from advisories.forms.desk import LiftForm as LiftForm
from advisories.forms.desk import NoteForm as NoteForm
from advisories.forms.desk import RemoveTranslationForm as RemoveTranslationForm
from advisories.forms.desk import RetryForm as RetryForm
from advisories.forms.desk import RevisionsForm as RevisionsForm
from advisories.forms.desk import ScheduleForm as ScheduleForm
from advisories.forms.desk import TranslationForm as TranslationForm
from advisories.forms.desk import WithdrawForm as WithdrawForm
from advisories.forms.exchange import TaxiiForm as TaxiiForm
from advisories.forms.fields import day_field as day_field
from advisories.forms.fields import segments_field as segments_field
from advisories.forms.lists import DeskListForm as DeskListForm
from advisories.forms.lists import ListForm as ListForm
from advisories.forms.readers import ChooseForm as ChooseForm
from advisories.forms.readers import CoverForm as CoverForm
from advisories.forms.readers import LanguageForm as LanguageForm
from advisories.forms.readers import RelayForm as RelayForm
from advisories.forms.readers import ResponseForm as ResponseForm
from advisories.forms.readers import SubscriptionForm as SubscriptionForm
from advisories.forms.readers import languages_wanted as languages_wanted
from advisories.forms.sources import CandidatesForm as CandidatesForm
from advisories.forms.sources import SourceForm as SourceForm
