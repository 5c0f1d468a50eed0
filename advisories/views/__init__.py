"""The pages for those who read advisories, and their feeds."""
