"""Drafts of autousers and templates from a sentence: by its words, without a model."""
