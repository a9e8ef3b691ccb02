-- What became of the messages that are sent; sent is null of one that could not be.
CREATE TABLE {schema}.delivery (
    run bigint NOT NULL,
    city text NOT NULL,
    channel text NOT NULL,
    tries integer NOT NULL,
    sent {time},
    error text
);

CREATE INDEX delivery_city ON {schema}.delivery (city, channel)
