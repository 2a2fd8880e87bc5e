"""The core: collection scenarios for accounts receivable. It does not know Prefect."""
