-- 300,000 rows: create, index, join, group, sort. Deterministic, no random().
CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT, town INTEGER, born INTEGER);
CREATE TABLE town(id INTEGER PRIMARY KEY, name TEXT, country TEXT);
CREATE TABLE visit(person INTEGER, town INTEGER, day INTEGER, cost REAL);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
  INSERT INTO town SELECT i, 'town' || i, 'country' || (i * 7919 % 37) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
  INSERT INTO person SELECT i, 'p' || (i * 7919 % 100003), i * 31 % 500 + 1, 1900 + i * 17 % 120 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 199500)
  INSERT INTO visit SELECT i * 613 % 100000 + 1, i * 211 % 500 + 1, i % 365, (i * 37 % 1000) / 8.0 FROM n;
COMMIT;
CREATE INDEX visit_person ON visit(person);
CREATE INDEX person_name ON person(name);
SELECT count(*), sum(id), min(name), max(name) FROM person;
SELECT country, count(*), round(avg(cost), 3), sum(day)
  FROM visit JOIN town ON town.id = visit.town GROUP BY country ORDER BY country;
SELECT p.name, count(*) AS visits, sum(v.cost) AS total
  FROM person p JOIN visit v ON v.person = p.id
  WHERE p.born BETWEEN 1950 AND 1980
  GROUP BY p.id ORDER BY total DESC, p.name LIMIT 20;
SELECT born / 10 * 10 AS decade, count(DISTINCT town), max(length(name)) FROM person GROUP BY decade ORDER BY decade;
SELECT name, born FROM person WHERE name LIKE 'p12%' ORDER BY born DESC, name LIMIT 15;
UPDATE visit SET cost = cost * 1.5 WHERE day % 7 = 3;
DELETE FROM visit WHERE person IN (SELECT id FROM person WHERE town % 11 = 5);
SELECT count(*), round(sum(cost), 2) FROM visit;
SELECT substr(name, 1, 3) AS prefix, count(*), group_concat(DISTINCT born % 5) FROM person
  GROUP BY prefix ORDER BY count(*) DESC, prefix LIMIT 10;
PRAGMA integrity_check;
