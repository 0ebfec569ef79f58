"""Reading at scale, from folders, buckets and datasets to Parquet: needs the extra `scale`."""
