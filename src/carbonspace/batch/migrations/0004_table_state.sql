-- What the tables of a city held when they were last looked at, and what they were known by.
CREATE TABLE {schema}.table_state (
    city text NOT NULL,
    layer text NOT NULL,
    source text NOT NULL,
    place text NOT NULL,
    meaning text NOT NULL,
    state text,
    features bigint NOT NULL,
    digest text NOT NULL,
    parts text NOT NULL,
    run bigint NOT NULL
);

CREATE INDEX table_state_city ON {schema}.table_state (city)
