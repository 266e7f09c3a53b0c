def measure_price(on,options): return {}
