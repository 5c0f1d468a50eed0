"""What the pages on which others look have in common, whoever looks: their forms, facets, map and files."""
