"""Between the chambers and their record: what is heard is written down, what people do is signed."""
