"""This process's counters against floods (inquiries/floods.py). A second process has its own; nothing of them is stored."""

from django.conf import settings

from inquiries.floods import Admission, Limits

here = Admission(Limits(shortest=settings.ASK_SHORTEST_SECONDS, burst=settings.ASK_BURST, per_minute=settings.ASK_PER_MINUTE))
