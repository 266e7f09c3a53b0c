-- The sum of whole numbers as a whole number, 0 for none. PostgreSQL's own sum of bigints is a numeric.
CREATE AGGREGATE sum_bigint(bigint) (
    SFUNC = int8pl, STYPE = bigint, INITCOND = '0', COMBINEFUNC = int8pl, PARALLEL = SAFE
);
