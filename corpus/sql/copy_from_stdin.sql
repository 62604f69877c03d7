--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SET standard_conforming_strings = on;

CREATE TABLE public.encounters (
    id integer NOT NULL,
    mrn text,
    email text,
    admit_dx text,
    note text
);

COPY public.encounters (id, mrn, email, admit_dx, note) FROM stdin;
9000	4471920	karen.morgan@example.org	\N	\N
9001	4471957	luis.ortega@example.org	I10	seen\tagain\nin May
9002	4471994	priya.nair@example.org	J45.909	seen\tagain\nin May
9003	4472031	thomas.odell@example.org	N18.30	\N
9004	4472068	wei.zhang@example.org	\N	seen\tagain\nin May
9005	4472105	grace.adeyemi@example.org	E03.9	seen\tagain\nin May
9006	4472142	daniel.whitaker@example.org	M54.50	\N
9007	4472179	rosa.delgado@example.org	I48.91	seen\tagain\nin May
\.

--
-- PostgreSQL database dump complete
--
