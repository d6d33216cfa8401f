"""Does the correction for the number of procedures that were scored hold on pure noise?"""
