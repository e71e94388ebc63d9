"""Archives: zip and tar, read and written member by member."""
