-- Which rows name an entity that this source does not cover?
--
-- grain    one row per faulty delivered value
-- reads    entity_references, known_entities, pull_rules
-- but      where nobody ever delivered a table of entities, nothing can be said of one

select
    entity_references.table_name,
    entity_references.line,
    entity_references.entity as found
from entity_references
anti join known_entities on entity_references.entity = known_entities.entity
where
    entity_references.entity is not null
    and (select pull_rules.has_entities from pull_rules)
