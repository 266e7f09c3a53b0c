INSERT INTO usage_pricelistversion (singleton, version) VALUES (true, 0);
