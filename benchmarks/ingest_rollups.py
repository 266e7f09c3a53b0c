def measure_demo(on,options): return {}
def measure_million(on,options): return {}
