"""The local store: SQLModel tables, migrations, and every statement the product runs."""
