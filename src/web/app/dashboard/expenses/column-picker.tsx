import { Button, Checkbox, Popover, Stack } from "@mantine/core";
import ColumnsIcon from "lucide-react/icons/columns-3";
import { columnIds } from "../view/columns";
import { changeView, useView } from "../view/use-view";
import { columns } from "./columns";

export function ColumnPicker() {
  const { columns: shown } = useView();
  return (
    <Popover position="bottom-end" shadow="md" trapFocus withinPortal>
      <Popover.Target>
        <Button size="xs" variant="default" leftSection={<ColumnsIcon size={14} aria-hidden />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Columns">
        <Stack gap="xs">
          {columnIds.map((id) => (
            <Checkbox
              key={id}
              size="xs"
              label={columns[id].name}
              checked={shown.includes(id)}
              // Without its name a row could not be told, nor opened.
              disabled={id === "name"}
              onChange={(event) => {
                const isChosen = event.currentTarget.checked;
                changeView(
                  { columns: columnIds.filter((other) => (other === id ? isChosen : shown.includes(other))) },
                  { replace: true },
                );
              }}
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
