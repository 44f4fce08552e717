import { Button, Group, Popover, SegmentedControl, Select, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { formatDays } from "../view/format";
import { customPeriod, dayName, type Period, type PeriodKind, periodNames, type Window } from "../view/period";
import { changeView } from "../view/use-view";
import styles from "./period-picker.module.css";

interface PeriodPickerProps {
  readonly period: Period;
  readonly window: Window;
}

const kinds = Object.keys(periodNames) as PeriodKind[];
const shortNames: Partial<Record<PeriodKind, string>> = { "7d": "7 days", "30d": "30 days", "90d": "90 days" };

export function PeriodPicker({ period, window }: PeriodPickerProps) {
  const [isOpen, setOpen] = useState(false);
  const choose = (kind: string | null) => {
    if (kind === "custom") setOpen(true);
    else if (kind !== null) changeView({ period: { kind } as Period });
  };

  return (
    <div className={styles.picker}>
      <SegmentedControl
        className={`${styles.wide} screen-only`}
        aria-label="Period"
        size="sm"
        value={period.kind}
        onChange={choose}
        data={kinds.map((kind) => ({ value: kind, label: shortNames[kind] ?? periodNames[kind] }))}
      />
      <Select
        className={`${styles.narrow} screen-only`}
        aria-label="Period"
        size="sm"
        allowDeselect={false}
        value={period.kind}
        onChange={choose}
        data={kinds.map((kind) => ({ value: kind, label: periodNames[kind] }))}
      />
      <Popover opened={isOpen} onChange={setOpen} position="bottom-start" shadow="md" trapFocus withinPortal>
        <Popover.Target>
          <Button variant="subtle" color="gray" size="sm" className={styles.days} onClick={() => setOpen(!isOpen)}>
            {formatDays(window.start, window.end)}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <CustomDays key={`${window.start}-${window.end}`} window={window} onDone={() => setOpen(false)} />
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}

function CustomDays({ window, onDone }: { readonly window: Window; readonly onDone: () => void }) {
  const [from, setFrom] = useState(dayName(window.start));
  const [to, setTo] = useState(dayName(window.end));
  const chosen = customPeriod(from, to);

  const apply = (event: FormEvent) => {
    event.preventDefault();
    if (chosen === null) return;
    changeView({ period: chosen });
    onDone();
  };

  return (
    <form onSubmit={apply}>
      <Stack gap="sm">
        <Group gap="sm" grow>
          <TextInput type="date" label="From" value={from} onChange={(event) => setFrom(event.target.value)} required />
          <TextInput type="date" label="To" value={to} onChange={(event) => setTo(event.target.value)} required />
        </Group>
        <Group justify="space-between">
          <span className={styles.hint}>Both days included, in UTC.</span>
          <Button type="submit" size="xs" disabled={chosen === null}>
            Show
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
