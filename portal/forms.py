from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _


class PortalFormRenderer(TemplatesSetting):
    """Every form and field of the portal goes through one template each."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


class SpecimenForm(forms.Form):
    """One field of each kind, for the page of styles; nothing is ever sent with it."""

    name = forms.CharField(label=_("Name of your firm"), help_text=_("As in the business register."), max_length=200)
    email = forms.EmailField(
        label=_("Email address"),
        help_text=_("We write to it only about this inquiry."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("Enter an email address such as name@example.org")},
    )
    question = forms.CharField(label=_("Your question"), required=False, widget=forms.Textarea(attrs={"rows": 5}))
    segment = forms.ChoiceField(
        label=_("Technology"),
        choices=[("", _("Choose one")), ("quantum", _("Quantum technologies")), ("photonics", _("Photonics"))],
    )
    kind = forms.ChoiceField(
        label=_("How do you want to ask?"),
        widget=forms.RadioSelect,
        choices=[
            ("anonymous", _("Without saying who you are")),
            ("confidential", _("So that only the focal point knows")),
            ("named", _("In your firm’s name")),
        ],
        error_messages={"required": _("Choose how you want to ask")},
    )
    topics = forms.MultipleChoiceField(
        label=_("What is it about?"),
        help_text=_("Tick all that apply."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("licensing", _("Licensing")), ("sanctions", _("Sanctions")), ("investment", _("Investment"))],
    )
    until = forms.DateField(label=_("In force until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    attachment = forms.FileField(label=_("File"), help_text=_("PDF or image, at most 5 MB."), required=False)
    agreed = forms.BooleanField(label=_("I may speak for the firm"))
