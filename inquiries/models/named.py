"""Who asks by name."""

from __future__ import annotations

from django.db import models

from inquiries.models.inquiry import Inquiry
from inquiries.querysets import NamedAskerQuerySet
from organisations.models import Organisation, User


class NamedAsker(models.Model):
    """The person who asked, the organisation in whose name, and the case key wrapped for that organisation.

    A table of its own: an inquiry has a row here because its asker signed in and chose so, and for no other reason.
    """

    inquiry = models.OneToOneField(Inquiry, on_delete=models.CASCADE, primary_key=True, related_name="named_asker")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    wants_mail = models.BooleanField(default=False)
    ring_key = models.CharField(max_length=40)
    wrapped_key = models.BinaryField()

    objects = NamedAskerQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.inquiry_id)
