"""A source's password may be kept in Prefect: it reaches the source and nothing else."""

import pytest
import yaml
from pydantic import SecretStr

from callsheet.settings import Settings, Source


@pytest.fixture
def source(tmp_path):
    file = tmp_path / "erp.yaml"
    columns = {"customer": "code", "name": "title"}
    file.write_text(
        yaml.safe_dump(
            {
                "erp": {"kind": "sql", "url": "sqlite://", "secret": "erp_reader"},
                "tables": {"customers": {"query": "customers.sql", "columns": columns}},
            }
        )
    )
    return Source(name="erp", mapping=file)


def test_a_secret_block_is_found_by_name_and_a_variable_goes_before_it(source, prefect_server):
    from prefect.blocks.system import Secret

    from tasks.secret_blocks import with_secret_blocks

    settings = Settings(sources=(source,))
    assert with_secret_blocks(settings, [source]).secrets == {}

    Secret(value="from-prefect").save("callsheet-erp-reader")
    found = with_secret_blocks(settings, [source])
    assert found.secrets["erp_reader"].get_secret_value() == "from-prefect"
    assert "from-prefect" not in repr(found)

    said = settings.model_copy(update={"secrets": {"erp_reader": SecretStr("from-a-variable")}})
    again = with_secret_blocks(said, [source])
    assert again.secrets["erp_reader"].get_secret_value() == "from-a-variable"
