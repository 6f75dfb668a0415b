"""Long tests that try to break a real installation. `make torture`, or one of them with `python -m torture.NAME`; figures in docs/trust.md."""
