"""Link previews: the title, description and picture of a page, for who enters its address."""
