import { Button, CloseButton, Switch, TextInput } from "@mantine/core";
import FilterIcon from "lucide-react/icons/list-filter";
import SearchIcon from "lucide-react/icons/search";
import XIcon from "lucide-react/icons/x";
import { useEffect, useMemo, useState } from "react";
import { useFilterValues } from "../data/queries";
import { changeView, useView } from "../view/use-view";
import { type FilterField, type FilterValue, filterFields, isFiltered, noFilters } from "../view/view";
import styles from "./filter-bar.module.css";
import { fieldNames, filterOptions, labelOf } from "./filter-options";
import { FilterSelect } from "./filter-select";

/** Typing is followed after this pause, so that not every letter asks the gateway. */
const PAUSE_MS = 350;

export function FilterBar() {
  const { filters } = useView();
  const { data } = useFilterValues();
  const options = useMemo(() => (data === undefined ? undefined : filterOptions(data)), [data]);
  const [isOpen, setOpen] = useState(false);

  const choose = (field: FilterField, chosen: FilterValue[]) =>
    changeView({ filters: { ...filters, [field]: chosen }, resourceId: null });
  const active = filterFields.reduce((count, field) => count + filters[field].length, 0);

  return (
    <search className={styles.filters} aria-label="Filters">
      <div className={`${styles.row} screen-only`}>
        <TextFilter />
        <Button
          size="xs"
          variant="default"
          className={styles.toggle}
          aria-expanded={isOpen}
          leftSection={<FilterIcon size={14} aria-hidden />}
          onClick={() => setOpen(!isOpen)}
        >
          Filters{active > 0 ? ` (${active})` : ""}
        </Button>
        <div className={isOpen ? styles.fieldsOpen : styles.fields}>
          {filterFields.map((field) => (
            <FilterSelect
              key={field}
              name={fieldNames[field]}
              options={options?.[field]}
              chosen={filters[field]}
              onChange={(chosen) => choose(field, chosen)}
              footer={
                field === "pool" && (
                  <Switch
                    size="xs"
                    label="Include the pools below"
                    checked={filters.subpools}
                    onChange={(event) => changeView({ filters: { ...filters, subpools: event.currentTarget.checked } })}
                  />
                )
              }
            />
          ))}
        </div>
      </div>
      {isFiltered(filters) && (
        <ul className={styles.chips} aria-label="Active filters">
          {filters.text.trim() !== "" && (
            <Chip name="Name" value={filters.text} onRemove={() => changeView({ filters: { ...filters, text: "" } })} />
          )}
          {filterFields.flatMap((field) =>
            filters[field].map((value) => (
              <Chip
                key={`${field}:${value}`}
                name={fieldNames[field]}
                value={labelOf(field, value, options)}
                onRemove={() =>
                  choose(
                    field,
                    filters[field].filter((other) => other !== value),
                  )
                }
              />
            )),
          )}
          <li>
            <Button size="compact-xs" variant="subtle" onClick={() => changeView({ filters: noFilters })}>
              Clear all
            </Button>
          </li>
        </ul>
      )}
    </search>
  );
}

interface ChipProps {
  readonly name: string;
  readonly value: string;
  readonly onRemove: () => void;
}

function Chip({ name, value, onRemove }: ChipProps) {
  return (
    <li className={styles.chip}>
      <span className={styles.chipField}>{name}</span> {value}
      <button
        type="button"
        className={styles.remove}
        aria-label={`Remove the filter ${name} ${value}`}
        onClick={onRemove}
      >
        <XIcon size={12} aria-hidden />
      </button>
    </li>
  );
}

function TextFilter() {
  const { filters } = useView();
  const [text, setText] = useState(filters.text);
  // The address may change below: by the back button, or when all filters are cleared.
  const [shown, setShown] = useState(filters.text);
  if (shown !== filters.text) {
    setShown(filters.text);
    setText(filters.text);
  }

  useEffect(() => {
    if (text === filters.text) return;
    // One entry of the history for a search, however often the typing pauses.
    const replace = filters.text !== "";
    const timer = setTimeout(
      () => changeView({ filters: { ...filters, text }, resourceId: null }, { replace }),
      PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [text, filters]);

  return (
    <TextInput
      className={styles.search}
      size="xs"
      aria-label="Resource name contains"
      placeholder="Resource name contains…"
      leftSection={<SearchIcon size={14} aria-hidden />}
      rightSection={text !== "" && <CloseButton size="xs" aria-label="Clear the text" onClick={() => setText("")} />}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
    />
  );
}
