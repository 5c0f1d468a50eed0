"""Advisories for other systems: as the portal's own API has them, and by TAXII."""
