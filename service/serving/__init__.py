"""What a worker holds in memory: snapshots, personal models, tables of the catalogue."""
