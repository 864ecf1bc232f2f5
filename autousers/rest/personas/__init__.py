"""The routes of autousers, their rubrics, and drafts of both."""
