"""Readers of datasets, one module per dataset."""
