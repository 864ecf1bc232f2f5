"""Who may do what: keys, roles, tenancy."""
