import { Button, Menu } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import DownloadIcon from "lucide-react/icons/download";
import { useScope } from "../data/queries";
import { restParameters } from "../view/expense-filter";
import { dayName } from "../view/period";
import { useView } from "../view/use-view";
import { download, type ExportFormat } from "./download";
import styles from "./expense-section.module.css";

/** Everything that matches, not only what is loaded; dearest first. */
export function ExportMenu({ disabled }: { readonly disabled: boolean }) {
  const { organizationId, window } = useScope();
  const { filters } = useView();
  const exporting = useMutation({
    mutationFn: (format: ExportFormat) => {
      const parameters: [string, string][] = [
        ["start_date", String(window.start)],
        ["end_date", String(window.end)],
        ...restParameters(filters),
      ];
      const name = `expenses-${dayName(window.start)}-${dayName(window.end)}.${format}`;
      return download(organizationId, parameters, format, name);
    },
  });

  return (
    <>
      <Menu position="bottom-end" shadow="md" withinPortal>
        <Menu.Target>
          <Button
            size="xs"
            variant="default"
            loading={exporting.isPending}
            disabled={disabled}
            leftSection={<DownloadIcon size={14} aria-hidden />}
          >
            Export
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => exporting.mutate("csv")}>CSV, all matching resources</Menu.Item>
          <Menu.Item onClick={() => exporting.mutate("xlsx")}>Excel (XLSX), all matching resources</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {exporting.isError && (
        <p role="alert" className={styles.problem}>
          The export failed: {exporting.error.message}
        </p>
      )}
    </>
  );
}
