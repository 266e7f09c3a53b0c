def measure_one_organization(on,options): return {}
