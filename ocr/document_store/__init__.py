"""The library of read documents: kept on this machine, found again, opened again."""
