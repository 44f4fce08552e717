import { Button, Combobox, ScrollArea, useCombobox } from "@mantine/core";
import CheckIcon from "lucide-react/icons/check";
import ChevronIcon from "lucide-react/icons/chevron-down";
import { type ReactNode, useState } from "react";
import type { FilterValue } from "../view/view";
import type { FilterOption } from "./filter-options";
import styles from "./filter-select.module.css";

interface FilterSelectProps {
  readonly name: string;
  /** Undefined while they are on their way. */
  readonly options: readonly FilterOption[] | undefined;
  readonly chosen: readonly FilterValue[];
  readonly onChange: (chosen: FilterValue[]) => void;
  /** Stands below the list. */
  readonly footer?: ReactNode;
}

/** The API's null, as an option of a list of texts; no value is only blanks. */
const ABSENT = " ";
/** More than these nobody reads: they are found by typing. */
const SHOWN = 100;

export function FilterSelect({ name, options, chosen, onChange, footer }: FilterSelectProps) {
  const [search, setSearch] = useState("");
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      combobox.focusTarget();
      setSearch("");
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  });

  const wanted = search.trim().toLowerCase();
  const matching = (options ?? []).filter(({ label }) => label.toLowerCase().includes(wanted));
  const toggle = (key: string) => {
    const value = key === ABSENT ? null : key;
    onChange(chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value]);
  };

  return (
    <Combobox store={combobox} onOptionSubmit={toggle} width={280} position="bottom-start" shadow="md" withinPortal>
      <Combobox.Target targetType="button" withAriaAttributes={false}>
        <Button
          size="xs"
          variant="default"
          className={chosen.length > 0 ? styles.active : styles.target}
          aria-haspopup="listbox"
          aria-expanded={combobox.dropdownOpened}
          rightSection={<ChevronIcon size={14} aria-hidden />}
          onClick={() => combobox.toggleDropdown()}
        >
          {name}
          {chosen.length > 0 && (
            <span className={styles.count}>
              {chosen.length}
              <span className="visually-hidden"> chosen</span>
            </span>
          )}
        </Button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={search}
          onChange={(event) => {
            setSearch(event.currentTarget.value);
            combobox.resetSelectedOption();
          }}
          placeholder={`Find ${name.toLowerCase()}…`}
          aria-label={`Find ${name.toLowerCase()}`}
        />
        <Combobox.Options aria-label={name} aria-multiselectable>
          <ScrollArea.Autosize mah={280} type="auto">
            {matching.slice(0, SHOWN).map(({ value, label }) => (
              <Combobox.Option value={value ?? ABSENT} key={value ?? ABSENT} selected={chosen.includes(value)}>
                <span className={styles.option}>
                  <CheckIcon size={14} aria-hidden className={styles.tick} data-chosen={chosen.includes(value)} />
                  <span className={value === null ? styles.absent : styles.label}>{label}</span>
                </span>
              </Combobox.Option>
            ))}
            {options === undefined && <Combobox.Empty>Loading…</Combobox.Empty>}
            {options !== undefined && matching.length === 0 && <Combobox.Empty>None found</Combobox.Empty>}
            {matching.length > SHOWN && (
              <p className={styles.more}>{matching.length - SHOWN} more: type to find them</p>
            )}
          </ScrollArea.Autosize>
        </Combobox.Options>
        {footer && <Combobox.Footer>{footer}</Combobox.Footer>}
      </Combobox.Dropdown>
    </Combobox>
  );
}
