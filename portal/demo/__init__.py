"""A small invented country, so that the portal can be tried: its people, firms and cases. Nobody and nothing in it is real."""
