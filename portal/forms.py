from django.forms.renderers import TemplatesSetting


class PortalFormRenderer(TemplatesSetting):
    """Every form and field of the portal goes through one template each."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
