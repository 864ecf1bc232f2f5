"""HTTP: what requests and answers may look like."""
