def measure_full_table(on,options): return {}
