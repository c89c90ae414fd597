"""What a site has beside the text of its pages: nav, links, templates, and files for machines."""
