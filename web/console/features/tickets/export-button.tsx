import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Notice } from "../../../ui/notice.tsx";
import { api } from "../../api.ts";
import { useFormats, useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import { queryOf, type TicketsSearch } from "./views.ts";

/** The tickets that are listed now, as a table for a spreadsheet: without contacts, and without what was written. */
export function ExportButton({ search, text }: { search: TicketsSearch; text: string }) {
  const t = useWords();
  const formats = useFormats();
  const file = useMutation({
    mutationFn: () => {
      const { sort: _, ...filter } = queryOf(search, text);
      return api.exportTickets({ body: { ...filter, format: "csv", contacts: false } });
    },
    onSuccess: ({ fileName, contentType, content }) =>
      save(fileName, new Blob([content], { type: contentType })),
  });
  return (
    <>
      <Button
        size="xs"
        variant="subtle"
        loading={file.isPending}
        title={t("tickets.exportHelp")}
        onClick={() => file.mutate()}
      >
        {t("tickets.export")}
      </Button>
      {file.data?.isPartial ? (
        <Notice
          level="warn"
          title={t("tickets.exportPartial", { count: formats.count(file.data.tickets) })}
        />
      ) : null}
      <Refused error={file.error} />
    </>
  );
}

/** Hands a file to the browser, and forgets its bytes once the download has taken them. */
function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
