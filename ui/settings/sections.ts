/** The sections of the settings page: their address (`/settings#ID`), name, and the words the palette finds them by. */
export const SECTIONS = [
  { id: "appearance", label: "Appearance", words: "theme density dark light" },
  { id: "access", label: "Access", words: "password allowed hosts public url https" },
  { id: "devices", label: "Devices and tokens", words: "machines revoke" },
  { id: "hooks", label: "Hooks", words: "agents mcp triggers" },
  { id: "browser", label: "This browser", words: "install offline app notifications clipboard badge" },
  { id: "samples", label: "Samples", words: "demo example" },
  { id: "about", label: "About", words: "version home" },
] as const;

export type SectionId = (typeof SECTIONS)[number]["id"];
