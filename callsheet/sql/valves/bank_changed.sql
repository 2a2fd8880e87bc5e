-- Whose bank account is another than in the last pull?
--
-- grain    one row per entity
-- reads    entities, entities_before

select entities.entity
from entities
inner join entities_before on entities.entity = entities_before.entity
where coalesce(entities.iban, '') <> coalesce(entities_before.iban, '')
order by entities.entity
