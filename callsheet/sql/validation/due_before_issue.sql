-- Which items fall due before they were issued?
--
-- grain    one row per faulty delivered value
-- reads    documents, table_rules

select
    documents.table_name,
    documents.line,
    'issued ' || documents.issue_date || ', due ' || documents.due_date as found
from documents
inner join table_rules on documents.table_name = table_rules.table_name
where table_rules.holds_due_before_issue and documents.due_date < documents.issue_date
