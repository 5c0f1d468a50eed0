"""Sixty inquiries in all states, told from the first word to the last."""

from portal.demo.stories import classification, investment, landscape, licensing, research, sanctions, transactions

STORIES = (
    *classification.STORIES,
    *transactions.STORIES,
    *licensing.STORIES,
    *sanctions.STORIES,
    *investment.STORIES,
    *research.STORIES,
    *landscape.STORIES,
)
