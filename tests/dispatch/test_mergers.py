"""B041: two customers become one; what was done and said of the old one counts for who goes on."""

from datetime import date, timedelta

from callsheet.day import freeze_plan
from callsheet.desk.item_status import hold
from callsheet.planning.content import read


def merged(company, on):
    """Let OLD go on as NEW from `on`: its items too, as a snapshot shows them."""
    company.now += timedelta(days=(on - company.as_of).days)
    company.as_of = on
    for item in company.tables["open_items"]:
        item["customer"] = "NEW"
    company.add("merged_customers", old_customer="OLD", customer="NEW", merged_on=on)
    company.pull()


def reminded_once(company):
    """Play the first reminder of OLD, and then let it be merged into NEW."""
    company.customer("OLD")
    company.customer("NEW")
    company.tables["open_items"] = [
        item for item in company.tables["open_items"] if item["customer"] == "OLD"
    ]
    company.pull()
    freeze_plan(company.settings, company.as_of, company.now)
    assert company.dispatch().sent == {"accepted": 1}
    merged(company, date(2026, 11, 25))
    freeze_plan(company.settings, company.as_of, company.now)


def test_a_merged_customer_s_reminder_is_not_sent_again_under_the_new_name(company_of_engine):
    company = company_of_engine
    reminded_once(company)

    steps = {(one.customer, one.step): one.state for one in company.actions()}
    assert steps == {("OLD", "email-1"): "accepted", ("NEW", "phone-1"): "planned"}
    with company.warehouse.reading() as tx:
        [run] = tx.fetch("select unit, steps_done, last_step_on from current_runs")
    assert run == ("NEW|FR1", 1, date(2026, 11, 16))


def test_a_notice_to_who_goes_on_names_the_reminders_the_merged_customer_had(company_of_engine):
    company = company_of_engine
    reminded_once(company)

    company.plan({"customer": "NEW", "step": "notice", "leader": "F-OLD"})
    [notice] = [one for one in company.actions() if one.step == "notice"]
    text = read(company.settings.home, "NEW", notice.content_hash).text
    assert "16 novembre 2026" in text


def test_a_hold_on_the_merged_customer_stops_a_message_that_is_about_to_leave(company_of_engine):
    company = company_of_engine
    company.customer("OLD")
    company.customer("NEW")
    company.pull()
    company.plan({"customer": "OLD", "step": "email-1"})
    with company.warehouse.transaction() as tx:
        hold(tx, company.settings, "OLD", "new management", company.told())
    merged(company, company.as_of + timedelta(days=1))

    assert company.dispatch().stopped == {"hold": 1}


def test_a_hold_on_the_merged_customer_sets_the_items_of_who_goes_on_apart(company_of_engine):
    company = company_of_engine
    company.customer("OLD")
    company.customer("NEW")
    company.pull()
    with company.warehouse.transaction() as tx:
        hold(tx, company.settings, "OLD", "new management", company.told())
    merged(company, company.as_of + timedelta(days=1))
    company.plan({"customer": "NEW", "step": "email-1"})

    [action] = company.actions()
    assert action.claim == "[]"
